import i18next from 'i18next'
import type { ContainerPort } from '#contract/container.ts'
import { publishedPorts } from '#contract/published-ports.ts'
import { desktop } from '../state/desktop.ts'

/** A container's published ports; those of TCP open in the browser. */
export function PortLinks({ ports }: { ports: readonly ContainerPort[] }) {
  return (
    <span className="port-links">
      {publishedPorts(ports).map(({ text, url }, place) =>
        url === null ? (
          <span key={place}>{text}</span>
        ) : (
          <a
            key={place}
            href={url}
            tabIndex={-1}
            title={openTitle(url)}
            onClick={(event) => {
              event.preventDefault()
              event.stopPropagation()
              desktop.openExternal(url)
            }}
          >
            {text}
          </a>
        ),
      )}
    </span>
  )
}

const titles = new Map<string, string>()

/** The words around the address are looked up once for each language. */
function openTitle(url: string): string {
  const { language } = i18next
  const words = titles.get(language) ?? i18next.t('list.openPort', { url: '\0' })
  titles.set(language, words)
  return words.replace('\0', () => url)
}
