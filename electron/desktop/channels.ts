/** The names of what travels between main and preload. */
export const channels = {
  ready: 'window.ready',
  link: 'engine.link',
  port: 'engine.port',
  reconnect: 'engine.reconnect',
  command: 'window.command',
  copy: 'clipboard.copy',
  openExternal: 'page.openExternal',
  chooseSavePath: 'file.choosePath',
  chooseFiles: 'file.choose',
  chooseFolder: 'folder.choose',
  showInFolder: 'file.show',
  quit: 'app.quit',
} as const

/** The prefix of the argument in which a page gets its DesktopStart, as base64 of JSON. */
export const startArgument = '--cove-start='
