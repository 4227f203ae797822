import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { LogView } from '../../parts/log-view/log-view.tsx'
import { saveLog } from '../../parts/log-view/save-log.ts'

/** What a container printed and prints. */
export function ContainerLog({ container: { id, name } }: { container: Container }) {
  const { t } = useTranslation()
  const download = (): Promise<void> => saveLog({ name, done: t('logs.saved'), save: (api, path) => api.container.savelogs({ id, path }) })
  return <LogView id={id} label={t('container.logOf', { name })} open={(api, wish, signal) => api.container.logs({ id, ...wish }, { signal })} onDownload={() => void download()} />
}
