import proto from '@temporalio/proto'

const { History } = proto.temporal.api.history.v1

/** A run's history as the server gives it. */
export type History = proto.temporal.api.history.v1.IHistory

/**
 * A history as text that git can show: an event a line, enums by name, payloads in base64. The
 * SDK's own `historyToJSON` needs one single protobufjs in the tree, which the lock file does not
 * give.
 */
export function historyText(history: History): string {
  const plain = History.toObject(History.fromObject(history), {
    enums: String,
    longs: String,
    bytes: String,
  })
  const events = (plain['events'] as unknown[]).map((event) => JSON.stringify(event))
  return `{"events": [\n${events.join(',\n')}\n]}\n`
}

/** The reverse of {@link historyText}. */
export function readHistory(text: string): History {
  return History.fromObject(JSON.parse(text) as Record<string, unknown>)
}
