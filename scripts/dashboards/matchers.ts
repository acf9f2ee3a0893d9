/** Labels of the chosen processes. */
export const process = 'job=~"$job", instance=~"$instance"'

/** Labels of the chosen workflows in them. */
export const workflowsOf = `${process}, workflow_type=~"$workflow_type"`
