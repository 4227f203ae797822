/** What `npm run dev` asks of the app that it started, over the channel that Node makes between a process and its child. */
export type DevelopmentOrder =
  /** Its page was built anew. */
  | { type: 'reload' }
  /** Only the page's style sheets were: they are exchanged where they stand. */
  | { type: 'styles'; hrefs: string[] }
  /** It ends, and asks nobody. */
  | { type: 'end' }

/** What the app tells `npm run dev`: that it runs and is no second one, which only hands its words to the first. */
export interface DevelopmentNote {
  type: 'ready'
}
