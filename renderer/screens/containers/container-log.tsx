import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { LogView } from '../../parts/log-view/log-view.tsx'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { notify } from '../../state/notices.ts'
import { runTask } from '../../state/run-task.ts'

/** What a container printed and prints. */
export function ContainerLog({ container: { id, name } }: { container: Container }) {
  const { t } = useTranslation()
  const download = async (): Promise<void> => {
    const path = await desktop.chooseSavePath(`${name}.log`)
    if (path === null) return
    if (await attempt((api) => runTask(api, api.container.savelogs({ id, path })))) notify(t('logs.saved'))
  }
  return <LogView id={id} label={t('container.logOf', { name })} open={(api, wish, signal) => api.container.logs({ id, ...wish }, { signal })} onDownload={() => void download()} />
}
