import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DiskReclaimed, DiskUsage } from '#contract/disk.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { changeLife, status } from '../../state/engine.ts'
import { useStore } from '../../state/store.ts'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copyable.tsx'
import { formatBytes } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { NoticeBox } from '../../ui/notice.tsx'
import { Empty, Page, Section } from '../../ui/page.tsx'
import { Contents } from './contents.tsx'
import { Resize } from './resize.tsx'

/** What Docker's data takes on this computer, and how to get room back. */
export function Disk() {
  const { t } = useTranslation()
  const now = useStore(status)
  const usage = useAnswer(`disk.usage ${now?.state}`, (api, signal) => api.disk.usage(undefined, { signal }))
  return (
    <Page title={t('screen.disk')} summary={t('disk.summary')} actions={<Button icon="restart" look="quiet" onClick={usage.refresh}>{t('common.refresh')}</Button>}>
      <ProblemBox problem={usage.problem} />
      {usage.value?.capacityBytes === 0 && <Empty title={t('disk.none')}><p className="muted">{t('disk.noneText')}</p>{now?.state === 'off' && <Button look="primary" icon="play" onClick={() => void changeLife('start')}>{t('action.start')}</Button>}</Empty>}
      {usage.value && usage.value.capacityBytes > 0 && <Usage usage={usage.value} />}
      {now?.state === 'running' && <Contents onFreed={usage.refresh} />}
      {usage.value && usage.value.capacityBytes > 0 && (
        <>
          <Reclaim isRunning={now?.state === 'running'} onDone={usage.refresh} />
          <Resize usage={usage.value} onDone={usage.refresh} />
        </>
      )}
    </Page>
  )
}

function Usage({ usage }: { usage: DiskUsage }) {
  const { t, i18n } = useTranslation()
  const size = (bytes: number): string => formatBytes(bytes, i18n.language)
  const { allocatedBytes, capacityBytes, guestUsedBytes, hostFreeBytes, path } = usage
  const used = guestUsedBytes ?? 0
  const parts = [
    ...(guestUsedBytes === null ? [] : [{ label: t('disk.used'), value: Math.min(used, allocatedBytes), text: size(used), tone: 'strong' as const }]),
    { label: t('disk.allocated'), value: Math.max(0, allocatedBytes - used), text: size(allocatedBytes), tone: 'soft' as const },
  ]
  return (
    <Section title={t('disk.usage')}>
      <Meter label={t('disk.usage')} parts={parts} whole={capacityBytes} />
      <dl className="facts">
        <dt>{t('disk.capacity')}</dt>
        <dd>{size(capacityBytes)}</dd>
        <dt>{t('disk.hostFree')}</dt>
        <dd>{size(hostFreeBytes)}</dd>
        <dt>{t('disk.file')}</dt>
        <dd><Copyable text={path} onCopy={desktop.copy} /></dd>
      </dl>
    </Section>
  )
}

function Reclaim({ isRunning, onDone }: { isRunning: boolean; onDone: () => void }) {
  const { t, i18n } = useTranslation()
  const [result, setResult] = useState<DiskReclaimed>()
  const reclaim = useAction((api) => api.disk.reclaim())
  const run = async (): Promise<void> => {
    setResult(await reclaim.run())
    onDone()
  }
  const size = (bytes: number): string => formatBytes(bytes, i18n.language)
  return (
    <Section title={t('disk.reclaim')}>
      <p className="muted">{t('disk.reclaimText')}</p>
      <div className="buttons">
        <Button icon="disk" isBusy={reclaim.isRunning} disabled={!isRunning} onClick={() => void run()}>{t('disk.reclaimButton')}</Button>
        {!isRunning && <span className="muted">{t('disk.needsRunning')}</span>}
      </div>
      {result && (
        <NoticeBox tone="good" title={t('disk.reclaimed', { size: size(Math.max(0, result.beforeBytes - result.afterBytes)) })} hint={t('disk.beforeAfter', { before: size(result.beforeBytes), after: size(result.afterBytes) })} />
      )}
      <ProblemBox problem={reclaim.problem} />
    </Section>
  )
}
