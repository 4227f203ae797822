import { completionScript, completionShells } from '../completion/script.ts'
import { defineCommand } from '../declare.ts'
import { oneOf, required } from '../values.ts'

/** `cove completion` */
export const completion = defineCommand({
  name: 'completion',
  group: 'Set up:',
  summary: 'print the completion script for a shell',
  operands: { shell: required(Object.keys(completionShells).join(', '), oneOf('a shell with completion', completionShells)) },
  examples: [
    'source <(cove completion bash)      # in ~/.bashrc',
    'source <(cove completion zsh)       # in ~/.zshrc',
    'cove completion fish | source       # in ~/.config/fish/config.fish',
  ],
  async run({ operands }, cli) {
    const { commands } = await import('../commands.ts')
    cli.out.raw(completionScript(operands.shell, commands))
  },
})
