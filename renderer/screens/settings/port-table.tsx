import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { PortEntry } from '#contract/port.ts'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { RemarkText } from '../../parts/remark-text.tsx'
import { desktop } from '../../state/desktop.ts'
import { settings, status } from '../../state/engine.ts'
import { useLive } from '../../state/live.ts'
import { useStore } from '../../state/store.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/page.tsx'

/** Every published port: where it is on this computer, whose it is, and what is in the way of those that could not be had. */
export function PortTable() {
  const { t } = useTranslation()
  const state = useStore(status)?.state
  const bind = useStore(settings)?.find(({ name }) => name === 'port.bind')?.value
  const { objects } = useLive('container')
  const published = JSON.stringify(objects.map(({ id, ports }) => [id, ports]))
  const ports = useAnswer('port.list', (api, signal) => api.port.list(undefined, { signal }))
  const { refresh } = ports
  useEffect(() => refresh(), [refresh, state, bind, published])
  const rows = state === 'running' ? (ports.value ?? []) : []
  return (
    <div className="setting-list">
      <ProblemBox problem={ports.problem} />
      {rows.length === 0 && <Empty title={t('port.none')}><p className="muted">{t('port.noneText')}</p></Empty>}
      {rows.length > 0 && (
        <table className="pairs wide">
          <thead>
            <tr><th scope="col">{t('port.here')}</th><th scope="col">{t('port.container')}</th><th scope="col">{t('port.inside')}</th><th scope="col">{t('column.state')}</th></tr>
          </thead>
          <tbody>
            {rows.map((port) => <Port key={`${port.protocol} ${port.hostAddress} ${port.hostPort}`} port={port} id={objects.find(({ name }) => name === port.container)?.id} />)}
          </tbody>
        </table>
      )}
      <div className="buttons">
        <Button icon="restart" isBusy={ports.isLoading} disabled={state !== 'running'} onClick={refresh}>{t('port.tryAgain')}</Button>
        <span className="muted">{t('port.tryText')}</span>
      </div>
    </div>
  )
}

function Port({ port: { protocol, hostAddress, hostPort, container, containerPort, problem, remark }, id }: { port: PortEntry; id: string | undefined }) {
  const { t } = useTranslation()
  const address = hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress
  const everywhere = hostAddress === '0.0.0.0' || hostAddress === '::'
  const url = `http://${everywhere ? 'localhost' : address}:${hostPort}`
  const text = `${address}:${hostPort}/${protocol}`
  return (
    <tr>
      <th scope="row">{protocol === 'tcp' && problem === null ? <a href={url} title={t('list.openPort', { url })} onClick={(event) => (event.preventDefault(), desktop.openExternal(url))}>{text}</a> : text}</th>
      <td>{container === null ? t('port.hostNetwork') : id === undefined ? container : <ObjectLink screen="containers" id={id} text={container} />}</td>
      <td>{containerPort}</td>
      <td>
        <span className="state-mark"><span className={`dot ${problem === null ? 'good' : 'bad'}`} aria-hidden="true" />{t(problem === null ? 'port.open' : 'port.refused')}</span>
        {problem !== null && <span className="field-problem"><RemarkText remark={remark} message={problem} /></span>}
      </td>
    </tr>
  )
}
