import { useEffect, useId, useRef, type ReactNode, type SyntheticEvent } from 'react'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  className?: string
  /** The title is read but not shown. */
  isTitleHidden?: boolean
}

/** A modal dialog, the focus on what is marked `data-first`: the browser's own, which keeps focus inside, ends with Escape and gives focus back. */
export function Dialog({ title, onClose, children, className = '', isTitleHidden = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    dialog.current?.querySelector<HTMLElement>('[data-first]')?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  // Escape: the browser would hide the dialog now and tell of it later; a key pressed in between would be lost. A file chooser inside has a cancel of its own.
  const onCancel = (event: SyntheticEvent): void => {
    if (event.target !== dialog.current) return
    event.preventDefault()
    onClose()
  }
  return (
    <dialog ref={dialog} className={`dialog ${className}`} aria-labelledby={id} onCancel={onCancel} onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
      <div className="dialog-body">
        <h2 id={id} className={isTitleHidden ? 'hidden-text' : undefined}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
