import i18next from 'i18next'
import type { ContainerPort } from '#contract/container.ts'
import { publishedPorts } from '#contract/published-ports.ts'
import { desktop } from '../state/desktop.ts'

/** A container's published ports; those of TCP open in the browser. */
export function PortLinks({ ports }: { ports: readonly ContainerPort[] }) {
  return (
    <span className="port-links">
      {publishedPorts(ports).map(({ text, url }) =>
        url === null ? (
          <span key={text}>{text}</span>
        ) : (
          <a
            key={text}
            href={url}
            tabIndex={-1}
            title={i18next.t('list.openPort', { url })}
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
