import { useTranslation } from 'react-i18next'
import { LogView } from '../../parts/log-view/log-view.tsx'
import { saveLog } from '../../parts/log-view/save-log.ts'

/** What all containers of a project printed and print. */
export function ProjectLog({ name }: { name: string }) {
  const { t } = useTranslation()
  const download = (): Promise<void> => saveLog({ name, done: t('logs.saved'), save: (api, path) => api.project.savelogs({ name, path }) })
  return <LogView id={`project ${name}`} label={t('container.logOf', { name })} isMerged open={(api, wish, signal) => api.project.logs({ name, ...wish }, { signal })} onDownload={() => void download()} />
}
