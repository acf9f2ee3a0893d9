/**
 * Bounds of `npm run bench:guard`, all ratios measured side by side or in turns, so that a slow
 * machine is slow for both sides. Each is two to three times what a quiet machine shows (beside
 * it), far outside the noise of the control (a few percent, a tenth at worst): a regression that
 * matters passes it, a busy neighbor does not. A bound is broken only where the whole interval
 * lies above it.
 */
export const bounds: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  record: {
    http_request_vs_otel: 0.1, // 0.04
    http_request_vs_promclient: 0.3, // 0.11
    http_request_native_vs_classic: 3, // 1.4
    http_request_native_vs_promclient: 0.4, // 0.13
  },
  scrape: {
    vs_otel_1000: 0.45, // 0.17
    vs_otel_10000: 0.4, // 0.14
    vs_prom_client_10000: 0.8, // 0.29
    native_vs_prom_client_10000: 1.3, // 0.46
    fleet_core_vs_all_500: 0.6, // 0.2
  },
  // Time that grows with the square of the tasks would be 4. The control of a busy machine lies
  // between 0.8 and 1.7.
  validation: {
    task_600_vs_task_150: 2, // 1.0
    vs_yaml_600: 5, // 2.1
  },
  // Seconds of a command, compared with a Node.js that does nothing.
  cli: {
    version_vs_node: 2.5, // 1.2
    help_vs_node: 2.5, // 1.2
    validate_one_task_vs_node: 8, // 3.4
    validate_1000_tasks_vs_node: 30, // 13
    validate_500_workflows_vs_node: 60, // 26
  },
  // It was 1.27 before a step was made cheaper. The control of a busy machine lies between 0.86 and
  // 1.05.
  workflow: {
    cpu_vs_hand_written_10: 1.35, // 1.16
  },
  // Where watchers do not share their queries, a large run that is watched never ends. The control
  // of a busy machine lies between 0.87 and 1.17.
  watching: {
    watched_vs_unwatched: 1.3, // 1.01
  },
}
