import { useTranslation } from 'react-i18next'
import type { Project, ProjectCheck, ServiceDefinition } from '#contract/project.ts'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { StateMark } from '../../parts/state-mark.tsx'
import { useLive } from '../../state/live.ts'
import type { Answer } from '../../state/use-answer.ts'
import { IconButton } from '../../ui/button.tsx'
import { NoticeBox } from '../../ui/notice.tsx'
import { serviceLevels, type ProjectRow } from './project-rows.ts'
import { workOn } from './project-work.tsx'

/** The services as a graph: what others wait for stands to the left, each with its containers, state and buttons. */
export function ProjectServices({ row, check }: { row: ProjectRow; check: Answer<ProjectCheck> }) {
  const { t } = useTranslation()
  const defined = check.value?.services ?? []
  const rest = row.project?.services.filter(({ name }) => !defined.some((service) => service.name === name)) ?? []
  const services = [...defined, ...rest.map(({ name }): ServiceDefinition => ({ name, image: null, hasBuild: false, profiles: [], dependsOn: [], ports: [], change: null }))]
  const levels = serviceLevels(services)
  const columns = [...new Set(levels.values())].toSorted((a, b) => a - b)
  return (
    <div className="stack">
      <ProblemBox problem={check.problem} />
      {check.value?.problems.map(({ message, level, line }) => <NoticeBox key={`${line} ${message}`} tone={level === 'error' ? 'problem' : 'warning'} title={<span lang="en">{line === null ? message : `${t('project.line', { line })} ${message}`}</span>} />)}
      {check.value && check.value.orphans.length > 0 && <NoticeBox tone="info" title={t('project.orphans', { names: check.value.orphans.join(', ') })} />}
      <div className="graph" tabIndex={0} role="group" aria-label={t('column.services')}>
        {columns.map((level) => (
          <ul key={level} className="graph-column">
            {services.filter(({ name }) => levels.get(name) === level).map((service) => <Service key={service.name} row={row} service={service} containers={row.project?.services.find(({ name }) => name === service.name)?.containers ?? []} />)}
          </ul>
        ))}
      </div>
    </div>
  )
}

interface ServiceProps {
  row: ProjectRow
  service: ServiceDefinition
  containers: Project['services'][number]['containers']
}

function Service({ row, service, containers }: ServiceProps) {
  const { t } = useTranslation()
  const { byId } = useLive('container')
  const isRunning = containers.some(({ state }) => state === 'running')
  const act = (verb: 'up' | 'stop' | 'restart' | 'pull' | 'build'): void => void workOn(row, verb, { services: [service.name] })
  return (
    <li className="service">
      <div className="service-head">
        <h2>{service.name}</h2>
        {service.change !== null && service.change !== 'same' && <span className="tag warning">{t(`project.change.${service.change}`)}</span>}
        <span className="spacer" />
        {service.hasBuild && <IconButton icon="build" label={t('project.buildOne', { name: service.name })} onClick={() => act('build')} />}
        {!service.hasBuild && service.image !== null && <IconButton icon="download" label={t('project.pullOne', { name: service.name })} onClick={() => act('pull')} />}
        {isRunning ? (
          <>
            <IconButton icon="restart" label={t('project.restartOne', { name: service.name })} onClick={() => act('restart')} />
            <IconButton icon="stop" label={t('project.stopOne', { name: service.name })} onClick={() => act('stop')} />
          </>
        ) : (
          <IconButton icon="play" label={t('project.upOne', { name: service.name })} onClick={() => act('up')} />
        )}
      </div>
      {service.image !== null && <p className="muted object-note">{service.image}</p>}
      {containers.map(({ id, state, health }) => (
        <p key={id} className="service-container">
          <StateMark state={state} health={health} exitCode={byId.get(id)?.exitCode ?? null} />
          <ObjectLink screen="containers" id={id} text={byId.get(id)?.name ?? id.slice(0, 12)} />
        </p>
      ))}
      {containers.length === 0 && <p className="muted">{t('project.noContainers')}</p>}
      {service.dependsOn.length > 0 && <p className="muted">{t('project.waitsFor', { names: service.dependsOn.map((each) => each.service).join(', ') })}</p>}
    </li>
  )
}
