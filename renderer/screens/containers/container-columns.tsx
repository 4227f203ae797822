import type { TFunction } from 'i18next'
import type { Container } from '#contract/container.ts'
import { publishedPorts } from '#contract/published-ports.ts'
import { Ago } from '../../parts/ago.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { PortLinks } from '../../parts/port-links.tsx'
import { containerStateText } from '../../parts/container-state-text.ts'
import { StateMark } from '../../parts/state-mark.tsx'
import { formatBytes, formatMoment, formatPercent } from '../../ui/format.ts'
import type { Column } from '../../ui/table/table-model.ts'
import { CpuCell, lastUsage, MemoryCell } from './usage-cells.tsx'

/** The Compose project that a container belongs to. */
export function projectOf({ labels }: Container): string {
  return labels['com.docker.compose.project'] ?? ''
}

/** The columns of the list of containers. */
export function containerColumns(t: TFunction, language: string): Column<Container>[] {
  return [
    { id: 'name', header: t('column.name'), text: ({ name }) => name, cell: ({ id, name }) => <ObjectLink screen="containers" id={id} text={name} isInRow />, width: 'minmax(9rem, 2fr)' },
    { id: 'state', header: t('column.state'), text: (container) => containerStateText(t, container), cell: (container) => <StateMark {...container} />, width: 'minmax(8rem, 1fr)' },
    { id: 'image', header: t('column.image'), text: ({ image }) => image, width: 'minmax(7.5rem, 2fr)' },
    { id: 'ports', header: t('column.ports'), text: ({ ports }) => publishedPorts(ports).map(({ text }) => text).join(' '), cell: ({ ports }) => <PortLinks ports={ports} />, width: 'minmax(9rem, 1.3fr)', isKept: true },
    { id: 'project', header: t('column.project'), text: projectOf, cell: (container) => projectOf(container) !== '' && <ObjectLink screen="projects" id={projectOf(container)} text={projectOf(container)} isInRow />, width: 'minmax(6rem, 1fr)', isHidden: true },
    { id: 'cpu', header: t('column.cpu'), text: ({ id }) => formatPercent(lastUsage(id, 'cpuPercent'), language), cell: ({ id }) => <CpuCell id={id} />, compare: (a, b) => lastUsage(a.id, 'cpuPercent') - lastUsage(b.id, 'cpuPercent'), width: '7rem', isLive: true },
    { id: 'memory', header: t('column.memory'), text: ({ id }) => formatBytes(lastUsage(id, 'memoryBytes'), language), cell: ({ id }) => <MemoryCell id={id} />, compare: (a, b) => lastUsage(a.id, 'memoryBytes') - lastUsage(b.id, 'memoryBytes'), width: '8.5rem', isLive: true },
    { id: 'ago', header: t('column.created'), text: ({ createdAt }) => formatMoment(Date.parse(createdAt), language), cell: ({ createdAt }) => <Ago at={createdAt} />, compare: (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt), width: '7.5rem' },
    { id: 'command', header: t('column.command'), text: ({ command }) => command, width: 'minmax(8rem, 2fr)', isHidden: true },
    { id: 'networks', header: t('column.networks'), text: ({ networks }) => networks.join(' '), width: 'minmax(6rem, 1fr)', isHidden: true },
    { id: 'id', header: t('column.id'), text: ({ id }) => id.slice(0, 12), width: '9rem', isHidden: true },
  ]
}
