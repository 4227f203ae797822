import { enableCompileCache } from 'node:module'
import { app } from 'electron'
import { makeFolder } from '#base/folder.ts'
import { covePaths } from '#base/paths.ts'

const paths = covePaths()

// Theirs alone, before anybody else makes them.
makeFolder(paths.home)
makeFolder(paths.desktopDir)
app.setName('Cove')
// Below COVE_HOME: one app per home, and a reset takes everything.
app.setPath('userData', paths.desktopDir)
// Windows shows notifications only for an app that it knows by name; scripts/package/config.ts.
if (process.platform === 'win32') app.setAppUserModelId('dev.cove.app')
app.enableSandbox()
// The app itself is loaded by what this one knows: that nobody else runs it, and where its code lies compiled from the last time.
if (app.requestSingleInstanceLock()) {
  enableCompileCache(paths.desktopCompileCache)
  const { runApp } = await import('./run-app.ts')
  runApp(paths)
} else app.exit(0)
