import type { Command, CommandGroup } from '../declare.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { completionModel } from './model.ts'
import { zshScript } from './zsh.ts'

/** The shells `cove completion` writes for. */
export const completionShells = { bash: 'GNU Bash', zsh: 'Z shell', fish: 'fish' } as const

/** A completion script for the commands as declared. */
export function completionScript(shell: keyof typeof completionShells, commands: readonly (Command | CommandGroup)[]): string {
  const model = completionModel(commands)
  switch (shell) {
    case 'bash':
      return bashScript(model)
    case 'zsh':
      return zshScript(model)
    case 'fish':
      return fishScript(model)
  }
}
