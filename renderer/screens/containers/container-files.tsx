import { useMemo } from 'react'
import type { Container } from '#contract/container.ts'
import { FileBrowser } from '../../parts/file-browser/file-browser.tsx'
import type { FileSource } from '../../parts/file-browser/file-source.ts'

/** The files of a container, running or not, with what differs from its image. */
export function ContainerFiles({ container: { id } }: { container: Container }) {
  const source = useMemo(
    (): FileSource => ({
      key: id,
      hasImage: true,
      list: (api, path, signal) => api.container.files({ id, path }, { signal }),
      read: (api, path, signal) => api.container.read({ id, path }, { signal }),
      write: (api, path, content) => api.container.write({ id, path, content }),
      download: (api, path, to) => api.container.download({ id, path, to }),
      upload: (api, from, path) => api.container.upload({ id, from, path }),
    }),
    [id],
  )
  return <FileBrowser source={source} />
}
