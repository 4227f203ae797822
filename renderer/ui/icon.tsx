/** Drawn on a 24 × 24 grid with strokes. */
const shapes = {
  overview: 'M4 11.5 12 5l8 6.5M6.5 10v8.5h11V10',
  container: 'M12 3.5 4 7.8v8.4l8 4.3 8-4.3V7.8l-8-4.3ZM4.2 8 12 12.2 19.8 8M12 12.2v8.1',
  project: 'M4 4h7v7H4zM13.5 13.5h6.5v6.5h-6.5zM11 7.5h3.5a2.5 2.5 0 0 1 2.5 2.5v3.5M4 17h6',
  image: 'M12 3.5 3.5 8 12 12.5 20.5 8 12 3.5ZM3.5 12.2l8.5 4.5 8.5-4.5M3.5 16.2l8.5 4.5 8.5-4.5',
  volume: 'M3.5 13.5h17v6h-17zM3.5 13.5 6.5 5h11l3 8.5M16.5 16.5h1',
  network: 'M9.5 3.5h5v5h-5zM3.5 15.5h5v5h-5zM15.5 15.5h5v5h-5zM12 8.5V12M6 15.5V12h12v3.5',
  build: 'm14 6.5 3.5 3.5M4 20l9.5-9.5M12.5 5l2-1.5 6 6-1.5 2-2-.5-4-4-.5-2Z',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 12.5h9l1-12.5M10.5 10.5v5.5m3-5.5v5.5',
  pause: 'M8.5 5.5v13m7-13v13',
  plus: 'M12 5v14M5 12h14',
  kill: 'M8 3.5h8l4.5 4.5v8L16 20.5H8L3.5 16V8L8 3.5ZM9 9l6 6m0-6-6 6',
  terminal: 'M3.5 5h17v14h-17zM7 9.5l3 2.5-3 2.5m5 .5h4.5',
  file: 'M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5',
  folder: 'M3.5 6h6l2 2.5h9V19h-17z',
  link: 'M8 12h8M10.5 8H8a4 4 0 0 0 0 8h2.5m3-8H16a4 4 0 0 1 0 8h-2.5',
  upload: 'M12 15V4m4.5 4.5L12 4 7.5 8.5M5 19.5h14',
  edit: 'm15.5 4.5 4 4L8.5 19.5h-4v-4l11-11Z',
  eye: 'M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6Zm9-2.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  activity: 'M3.5 12h4l2.5-7 4 14 2.5-7h4',
  disk: 'M5 6.5c0-1.7 3.1-3 7-3s7 1.3 7 3-3.1 3-7 3-7-1.3-7-3Zm0 0v11c0 1.7 3.1 3 7 3s7-1.3 7-3v-11M5 12c0 1.7 3.1 3 7 3s7-1.3 7-3',
  trouble: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM6 6l3.5 3.5m5 5L18 18M18 6l-3.5 3.5m-5 5L6 18',
  settings: 'M4 7h9m5 0h2M4 17h2m5 0h9M15.5 4.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Zm-7 10a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z',
  back: 'm14.5 5.5-6.5 6.5 6.5 6.5',
  forward: 'm9.5 5.5 6.5 6.5-6.5 6.5',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM20 20l-4.7-4.7',
  play: 'M8 5.5v13l10.5-6.5L8 5.5Z',
  stop: 'M6.5 6.5h11v11h-11z',
  sleep: 'M19.5 14.2A8 8 0 1 1 9.8 4.5a6.3 6.3 0 0 0 9.7 9.7Z',
  restart: 'M19 12a7 7 0 1 1-2.3-5.2M19 4v4h-4',
  copy: 'M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  warning: 'M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5m0 2.5v.5',
  problem: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 8v4.5m0 3v.5',
  chevron: 'm7 9.5 5 5 5-5',
  close: 'M6 6l12 12M18 6 6 18',
  columns: 'M4 5h16v14H4zM9.5 5v14m5-14v14',
  follow: 'M12 4v12m-5-5 5 5 5-5M5 20h14',
  external: 'M13.5 4.5h6v6m0-6L11 13m-2-7H5v13h13v-4',
  download: 'M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19.5h14',
  undo: 'M8.5 5 4.5 9l4 4M5 9h9a5 5 0 0 1 0 10h-4',
} as const

/** The name of one icon. */
export type IconName = keyof typeof shapes

/** A small drawing beside a word; it says nothing of its own to a screen reader. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  )
}

/** Cove's mark: a bay, and what lies safe in it. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false" className="mark">
      <path className="mark-shore" d="M25.2 8.2A12 12 0 1 0 25.2 23.8" />
      <circle className="mark-stone" cx="17.5" cy="16" r="4.6" />
    </svg>
  )
}
