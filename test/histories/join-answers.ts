import { historyText, readHistory, type History } from './history.ts'

type Ended = 'timer' | 'tool'

/** What comes first in the joined history. */
export interface JoinOrder {
  readonly answer: Ended
  /** The command that follows the end of the timer, or of the tool. */
  readonly command: Ended
}

/**
 * Returns the history of `answers` as it is where its timer and its tool end before one and the
 * same workflow task, up to what that task commands.
 */
export function joinAnswers(history: History, first: JoinOrder): History {
  const recorded = readHistory(historyText(history)).events!
  const ids = recorded.map(({ eventId }) => eventId!)
  const all = (name: keyof (typeof recorded)[number]) => recorded.filter((event) => event[name])
  const fired = all('timerFiredEventAttributes')
  const [, started] = all('activityTaskStartedEventAttributes')
  const [, completed] = all('activityTaskCompletedEventAttributes')
  const [, afterTimer, afterTool] = all('activityTaskScheduledEventAttributes')
  const commands = first.command === 'timer' ? [afterTimer!, afterTool!] : [afterTool!, afterTimer!]
  const tool = [started!, completed!]
  const task = [
    all('workflowTaskScheduledEventAttributes')[1]!,
    all('workflowTaskStartedEventAttributes')[1]!,
    all('workflowTaskCompletedEventAttributes')[1]!,
  ]
  const joined = [
    ...recorded.slice(0, recorded.indexOf(fired[0]!)),
    ...(first.answer === 'timer' ? [...fired, ...tool] : [...tool, ...fired]),
    ...task,
    ...commands,
  ]
  for (const [index, event] of joined.entries()) event.eventId = ids[index]!
  completed!.activityTaskCompletedEventAttributes!.startedEventId = started!.eventId!
  task[1]!.workflowTaskStartedEventAttributes!.scheduledEventId = task[0]!.eventId!
  const ended = task[2]!.workflowTaskCompletedEventAttributes!
  ended.scheduledEventId = task[0]!.eventId!
  ended.startedEventId = task[1]!.eventId!
  for (const [index, event] of commands.entries()) {
    const scheduled = event.activityTaskScheduledEventAttributes!
    scheduled.activityId = String(index + 2)
    scheduled.workflowTaskCompletedEventId = task[2]!.eventId!
  }
  return { events: joined }
}
