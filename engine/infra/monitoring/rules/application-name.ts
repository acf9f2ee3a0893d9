/** Returns what stands for `Compozy` in alerts of an application: `ShopApi` for `shop_api`. */
export function applicationName(prefix: string): string {
  const words = prefix.split('_')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
