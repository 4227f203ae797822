import { useRef, type KeyboardEvent, type ReactNode } from 'react'

interface TabsProps<T extends string> {
  label: string
  tabs: readonly { id: T; label: string }[]
  selected: T
  onSelect: (id: T) => void
  children: ReactNode
  isFilled?: boolean
}

/** Tabs by the ARIA pattern: arrows move between them, the panel is labelled by the chosen one. */
export function Tabs<T extends string>({ label, tabs, selected, onSelect, children, isFilled = false }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }
    const step = steps[event.key]
    // With Alt an arrow means back and forward.
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const index = (tabs.findIndex(({ id }) => id === selected) + step + tabs.length) % tabs.length
    onSelect(tabs[index]!.id)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus()
  }
  return (
    <>
      <div ref={list} className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button key={tab.id} type="button" role="tab" id={`tab-${tab.id}`} aria-selected={tab.id === selected} aria-controls="tab-panel" tabIndex={tab.id === selected ? 0 : -1} onClick={() => onSelect(tab.id)}>
            {tab.label}
          </button>
        ))}
      </div>
      <div className={isFilled ? 'tab-panel filled' : 'tab-panel'} role="tabpanel" id="tab-panel" aria-labelledby={`tab-${selected}`}>
        {children}
      </div>
    </>
  )
}
