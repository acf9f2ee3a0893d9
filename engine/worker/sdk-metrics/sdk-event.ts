/** One event of the SDK, or what it counted since the last second. */
export interface SdkEvent {
  readonly metric: { readonly name: string }
  readonly value: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}
