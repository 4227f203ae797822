// The least an app on Electron can be: what Cove's window is measured against.
import { app, BrowserWindow } from 'electron'

if (process.env.COVE_HOME) app.setPath('userData', process.env.COVE_HOME)
void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1120, height: 740 })
  void window.loadURL('data:text/html,<!doctype html><title>Empty</title><h1>Empty</h1>')
})
