import { useMemo } from 'react'
import { FileBrowser } from '../../parts/file-browser/file-browser.tsx'
import type { FileSource } from '../../parts/file-browser/file-source.ts'

/** The files of a volume. */
export function VolumeFiles({ name }: { name: string }) {
  const source = useMemo(
    (): FileSource => ({
      key: `volume ${name}`,
      hasImage: false,
      list: (api, path, signal) => api.volume.files({ name, path }, { signal }),
      read: (api, path, signal) => api.volume.read({ name, path }, { signal }),
      write: (api, path, content) => api.volume.write({ name, path, content }),
      download: (api, path, to) => api.volume.download({ name, path, to }),
      upload: (api, from, path) => api.volume.upload({ name, from, path }),
    }),
    [name],
  )
  return <FileBrowser source={source} />
}
