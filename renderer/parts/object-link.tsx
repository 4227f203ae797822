import type { MouseEvent } from 'react'
import type { ScreenName } from '#contract/desktop-bridge.ts'
import { routeHash } from '../state/router.ts'

interface ObjectLinkProps {
  screen: ScreenName
  id: string
  text: string
  /** In a table, whose rows are reached by arrows and opened by Enter, and whose cells have tooltips of their own. */
  isInRow?: boolean
}

/** The name of something of Docker's, leading to its page. */
export function ObjectLink({ screen, id, text, isInRow = false }: ObjectLinkProps) {
  // With Ctrl or Shift a click chooses the row.
  const onClick = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) event.preventDefault()
    else event.stopPropagation()
  }
  return <a className="object-link" href={routeHash(screen, id)} {...(isInRow ? { tabIndex: -1, onClick } : { title: text })}>{text}</a>
}
