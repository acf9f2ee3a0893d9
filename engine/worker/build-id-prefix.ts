/**
 * How the build id of a worker begins whose interpreter knows revision 2 of its rules. Temporal
 * records the build id with each workflow task, so a run keeps the rules of the worker that began
 * it, at no cost in its history.
 */
export const buildIdPrefix = 'compozy-r2-'
