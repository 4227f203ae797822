import { z } from 'zod'

/** The values an error is about, as its code's entry of the error table names them; null from who does not tell. */
export const ErrorValues = z.record(z.string(), z.union([z.string(), z.number()])).nullable().default(null)

/** An error that is told instead of thrown. */
export const ToldError = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable(), about: ErrorValues })
export type ToldError = z.infer<typeof ToldError>
