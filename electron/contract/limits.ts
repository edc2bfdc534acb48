// Apart from the schemas, so that the hook client can have it without zod.

/** The longest line the endpoint reads. A longer call is denied: nobody can judge it. */
export const LONGEST_LINE_BYTES = 8 * 1024 * 1024
