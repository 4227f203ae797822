import { dialog, type MessageBoxOptions } from 'electron'
import { canStop } from './menu-tables.ts'
import type { Preferences } from './memory.ts'
import type { Status } from '#contract/state.ts'
import type { Words } from './words.ts'

/** What quitting does with the vm, and whether to do so from now on. */
export interface QuitChoice {
  action: 'keep' | 'stop' | 'cancel'
  remember: boolean
}

const answers = ['keep', 'stop', 'cancel'] as const

/** What to do with a running vm when the app quits: as the setting says, or as the user answers. */
export async function chooseQuit(status: Status | null, onQuit: Preferences['onQuit'], words: Words): Promise<QuitChoice> {
  if (!canStop(status?.state)) return { action: 'keep', remember: false }
  if (onQuit !== 'ask') return { action: onQuit, remember: false }
  const question: MessageBoxOptions = {
    type: 'question',
    message: words('quit.message'),
    detail: words('quit.detail'),
    buttons: answers.map((answer) => words(`quit.${answer}`)),
    defaultId: 0,
    cancelId: 2,
    checkboxLabel: words('quit.remember'),
    noLink: true,
  }
  const { response, checkboxChecked } = await dialog.showMessageBox(question)
  return { action: answers[response] ?? 'cancel', remember: checkboxChecked }
}
