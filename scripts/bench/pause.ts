/** Lets time pass: a window of a measurement is nothing else, and what others do without telling can only be looked at again. */
export async function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, ms)
  await promise
}
