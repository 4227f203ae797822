import { useMemo } from 'react'
import type { Live } from '../../state/live.ts'
import { useLive } from '../../state/live.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { projectRows, type ProjectRow } from './project-rows.ts'

/** Every project and opened folder, kept current. */
export function useProjectRows(): { live: Live<unknown>; rows: readonly ProjectRow[]; refresh: () => void } {
  const live = useLive('project')
  // Which folder has containers changes with the projects.
  const folders = useAnswer(`project.folders ${live.objects.map(({ name }) => name).join(' ')}`, (api, signal) => api.project.folders(undefined, { signal }))
  const rows = useMemo(() => projectRows(live.objects, folders.value ?? []), [live.objects, folders.value])
  return { live, rows, refresh: folders.refresh }
}
