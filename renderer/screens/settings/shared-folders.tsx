import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ShareEntry } from '#contract/share.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { RemarkText } from '../../parts/remark-text.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { settings, status } from '../../state/engine.ts'
import { useStore } from '../../state/store.ts'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Empty } from '../../ui/page.tsx'

const tones: Record<ShareEntry['state'], string> = { mounted: 'good', mounting: 'busy', failed: 'bad', refused: 'bad', covered: 'idle', off: 'idle' }

/** The folders of this computer that containers can mount: each with how it is, what is wrong with it, and the way out of the list. */
export function SharedFolders({ isWanted }: { isWanted: boolean }) {
  const { t } = useTranslation()
  const state = useStore(status)?.state
  const chosen = JSON.stringify(useStore(settings)?.find(({ name }) => name === 'share.folders')?.value)
  const shares = useAnswer('share.list', (api, signal) => api.share.list(undefined, { signal }))
  const [leaving, setLeaving] = useState<ShareEntry>()
  const { refresh } = shares
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isWanted) return
    place.current?.scrollIntoView({ block: 'center' })
    place.current?.querySelector('button')?.focus()
  }, [isWanted])
  // What the setting and the vm say decides; whoever comes back to the window may have moved a folder meanwhile.
  useEffect(() => refresh(), [refresh, state, chosen])
  useEffect(() => {
    window.addEventListener('focus', refresh)
    return () => window.removeEventListener('focus', refresh)
  }, [refresh])
  const add = useAction((api, path: string) => api.share.add({ path }))
  const choose = async (): Promise<void> => {
    const path = await desktop.chooseFolder()
    if (path !== null && (await add.run(path))) refresh()
  }
  return (
    <div ref={place} className="setting-list">
      <ProblemBox problem={shares.problem ?? add.problem} />
      {shares.value?.length === 0 && <Empty title={t('share.none')} />}
      {shares.value && shares.value.length > 0 && (
        <ul className="share-list" aria-label={t('settingGroup.share')}>
          {shares.value.map((share) => <Share key={share.entry} share={share} onRemove={() => setLeaving(share)} />)}
        </ul>
      )}
      <div className="buttons">
        <Button icon="plus" isBusy={add.isRunning} onClick={() => void choose()}>{t('share.add')}</Button>
        <span className="muted">{t('share.text')}</span>
      </div>
      {leaving && (
        <ConfirmDialog title={t('share.removeTitle', { path: leaving.path })} confirm={t('share.remove')} work={(api) => api.share.remove({ path: leaving.path }).then(refresh)} onClose={() => setLeaving(undefined)}>
          <p>{t('share.removeText')}</p>
        </ConfirmDialog>
      )}
    </div>
  )
}

function Share({ share: { path, guestPath, entry, state, driver, reason, remark }, onRemove }: { share: ShareEntry; onRemove: () => void }) {
  const { t } = useTranslation()
  const isOwn = entry === 'home' || entry === 'temp'
  const isWrong = state === 'failed' || state === 'refused'
  // What is mounted has a reason only when another driver is wanted.
  const isOtherwise = state === 'mounted' && reason !== null
  return (
    <li>
      <span className="share-path">
        <code>{path}</code>
        {isOwn && <span className="tag">{t(`share.${entry}`)}</span>}
        {state !== 'refused' && state !== 'covered' && <span className="tag">{t(`share.driver.${driver}`)}</span>}
        {guestPath !== path && <span className="muted">{t('share.inGuest', { path: guestPath })}</span>}
        {isOtherwise && <span className="muted">{t(`share.otherwise.${driver}`)}</span>}
        {isWrong && reason !== null && <span className="field-problem" role="alert"><RemarkText remark={remark} message={reason} isPlain /></span>}
      </span>
      <span className="state-mark">
        <span className={`dot ${tones[state]}`} aria-hidden="true" />
        {t(`share.state.${state}`)}
      </span>
      <IconButton icon="trash" label={t('share.removeOne', { path })} onClick={onRemove} />
    </li>
  )
}
