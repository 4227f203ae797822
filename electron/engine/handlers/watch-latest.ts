/** What can be read now and after each change; changes that come faster than they are taken become one. */
export async function* watchLatest<T>(source: { onChange(listener: () => void): Disposable }, read: () => T, signal?: AbortSignal): AsyncGenerator<T> {
  let wake = Promise.withResolvers<void>()
  const notify = (): void => wake.resolve()
  using _listening = source.onChange(notify)
  signal?.addEventListener('abort', notify, { once: true })
  try {
    while (!signal?.aborted) {
      wake = Promise.withResolvers<void>()
      yield read()
      await wake.promise
    }
  } finally {
    signal?.removeEventListener('abort', notify)
  }
}
