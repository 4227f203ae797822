import { useState } from 'react'
import type { ScreenName } from '#contract/desktop-bridge.ts'
import type { Column } from '../ui/table/table-model.ts'
import { useRemembered } from '../state/remembered.ts'

/** Which columns of a screen's list the user wants to see, and for which of them there is no room; `menu` is what a ColumnMenu shows. */
export function useColumnChoice<T>(screen: ScreenName, columns: readonly Column<T>[]) {
  const [hidden, onChange] = useRemembered<ReadonlySet<string>>(`${screen}.hidden`, new Set(columns.filter(({ isHidden }) => isHidden).map(({ id }) => id)))
  const [leftOut, onLeaveOut] = useState<readonly string[]>([])
  return { hidden, onLeaveOut, menu: { columns, hidden, onChange, leftOut } }
}
