import { useMemo, useRef, type KeyboardEvent } from 'react'

/** A remark on one line of a text. */
export interface LineMark {
  /** Counts from 1. */
  line: number
  text: string
}

interface TextEditorProps {
  label: string
  text: string
  /** Without it the text can only be read. */
  onChange?: (text: string) => void
  marks?: readonly LineMark[]
}

/** A text with its lines numbered, those with a remark marked; Tab leaves it, as keyboards expect of a field. */
export function TextEditor({ label, text, onChange, marks = [] }: TextEditorProps) {
  const gutter = useRef<HTMLPreElement>(null)
  const lines = useMemo(() => text.split('\n').length, [text])
  const marked = new Map(marks.map(({ line, text: remark }) => [line, remark]))
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // Enter goes on at the depth of the line before, which YAML lives by.
    if (event.key !== 'Enter' || !onChange || event.nativeEvent.isComposing) return
    const { selectionStart, selectionEnd, value } = event.currentTarget
    const indent = /^ */.exec(value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart))?.[0] ?? ''
    if (indent === '') return
    event.preventDefault()
    event.currentTarget.setRangeText(`\n${indent}`, selectionStart, selectionEnd, 'end')
    onChange(event.currentTarget.value)
  }
  return (
    <div className="editor">
      <pre ref={gutter} className="editor-gutter" aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => (
          <span key={index} className={marked.has(index + 1) ? 'marked' : undefined} title={marked.get(index + 1)}>{index + 1}</span>
        ))}
      </pre>
      <textarea
        aria-label={label}
        aria-invalid={marks.length > 0}
        value={text}
        readOnly={!onChange}
        spellCheck={false}
        wrap="off"
        onChange={(event) => onChange?.(event.target.value)}
        onKeyDown={onKeyDown}
        onScroll={(event) => gutter.current?.scrollTo({ top: event.currentTarget.scrollTop })}
      />
    </div>
  )
}
