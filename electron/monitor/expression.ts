import * as z from 'zod'

/** A regular expression in a file of knowledge, without regard to case. */
export const Expression = z.string().transform((pattern, context) => {
  try {
    return new RegExp(pattern, 'i')
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
})
