/** Type of an activity's failure where something is too large; the run makes it `LimitExceeded`. */
export const limitCode = 'payload_too_large'
