import { expect, test } from 'vitest'
import { engineStates } from '#contract/state.ts'
import type { DockerView } from '#desktop/docker-view.ts'
import { trayMenu } from '#desktop/tray-menu.ts'
import { wordsOf } from '#desktop/words.ts'
import { click, drawn, menuFacts, offered } from './menu-facts.ts'

const container = (name: string, more: Partial<DockerView['containers'][0]> = {}) => ({ id: `id-of-${name}`, name, state: 'running', isUnhealthy: false, urls: [], ...more })
const docker: DockerView = {
  containers: [
    container('api', { urls: ['http://localhost:3000'], isUnhealthy: true }),
    container('dns', { state: 'paused' }),
    container('web', { urls: ['http://localhost:80', 'https://localhost:8443'] }),
  ],
  projects: [
    { part: 'folder:/home/me/blog', name: 'blog', target: { folder: '/home/me/blog' }, all: 0, alive: 0 },
    { part: 'shop', name: 'shop', target: { name: 'shop' }, all: 4, alive: 3 },
    { part: 'still', name: 'still', target: { name: 'still' }, all: 2, alive: 0 },
  ],
}

test('the tray offers what makes sense in each state', () => {
  const all = Object.fromEntries([...engineStates, null].map((state) => [String(state), offered(trayMenu(menuFacts(state)))]))
  const always = ['Open Cove', 'Settings…', 'Quit Cove']
  expect(all).toEqual({
    off: ['Start Docker', ...always],
    starting: ['Stop Docker', ...always],
    running: ['Stop Docker', 'Put Docker to sleep', 'Restart Docker', ...always],
    sleeping: ['Stop Docker', 'Wake Docker', ...always],
    waking: ['Stop Docker', ...always],
    stopping: always,
    failed: ['Start Docker', 'Open Cove', 'Something wrong?', 'Settings…', 'Quit Cove'],
    null: always,
  })
})

test('the tray says that Docker is asleep only when its memory is saved', () => {
  const { status } = menuFacts('sleeping')
  const said = (step: string | null) => (['en', 'ko'] as const).map((language) => trayMenu(menuFacts('sleeping', 'linux', { words: wordsOf(language), status: { ...status!, step } }))[0]?.label)
  expect(said('save')).toEqual(['Docker is going to sleep', 'Docker를 재우는 중'])
  expect(said(null)).toEqual(['Docker is asleep', 'Docker가 잠자기 중입니다'])
})

test('what runs is listed with what can be done with it', () => {
  expect(drawn(trayMenu(menuFacts('running', 'linux', { docker })))).toMatchInlineSnapshot(`
    [
      "(Docker is running)",
      "---",
      "Running containers (3)",
      "  api (unhealthy)",
      "    Open localhost:3000",
      "    ---",
      "    Logs",
      "    Stop",
      "  dns (paused)",
      "    Logs",
      "    Stop",
      "  web",
      "    Open localhost:80",
      "    Open localhost:8443",
      "    ---",
      "    Logs",
      "    Stop",
      "Compose projects (3)",
      "  blog",
      "    Up",
      "    ---",
      "    Show",
      "  shop (3 of 4 running)",
      "    Up",
      "    Stop",
      "    Down…",
      "    ---",
      "    Show",
      "    Logs",
      "  still (0 of 2 running)",
      "    Up",
      "    Down…",
      "    ---",
      "    Show",
      "    Logs",
      "---",
      "Stop Docker",
      "Put Docker to sleep",
      "Restart Docker",
      "---",
      "Open Cove",
      "Settings…",
      "---",
      "Quit Cove",
    ]
  `)
})

test('the same in Korean', () => {
  expect(drawn(trayMenu(menuFacts('running', 'linux', { docker, words: wordsOf('ko') })))).toMatchInlineSnapshot(`
    [
      "(Docker가 실행 중입니다)",
      "---",
      "실행 중인 컨테이너 (3)",
      "  api (비정상)",
      "    localhost:3000 열기",
      "    ---",
      "    로그",
      "    중지",
      "  dns (일시 정지)",
      "    로그",
      "    중지",
      "  web",
      "    localhost:80 열기",
      "    localhost:8443 열기",
      "    ---",
      "    로그",
      "    중지",
      "Compose 프로젝트 (3)",
      "  blog",
      "    실행",
      "    ---",
      "    보기",
      "  shop (4개 중 3개 실행 중)",
      "    실행",
      "    중지",
      "    내리기…",
      "    ---",
      "    보기",
      "    로그",
      "  still (2개 중 0개 실행 중)",
      "    실행",
      "    내리기…",
      "    ---",
      "    보기",
      "    로그",
      "---",
      "Docker 중지",
      "Docker 잠재우기",
      "Docker 다시 시작",
      "---",
      "Cove 열기",
      "설정…",
      "---",
      "Cove 종료",
    ]
  `)
})

test('containers are shown only while Docker runs, and their lack is said', () => {
  expect(offered(trayMenu(menuFacts('sleeping', 'linux', { docker })))).not.toContain('Logs')
  expect(drawn(trayMenu(menuFacts('running', 'linux', { docker: { containers: [], projects: [] } })))).toContain('(No container runs)')
})

test('each item does what it says', () => {
  const done: unknown[][] = []
  const menu = trayMenu(menuFacts('running', 'linux', { docker, done }))
  for (const id of ['container:id-of-web:https://localhost:8443', 'container:id-of-web:logs', 'container:id-of-web:stop', 'project:shop:logs', 'project:folder:/home/me/blog:open']) click(menu, id)
  for (const verb of ['up', 'stop', 'down']) click(menu, `project:shop:${verb}`)
  const shop = docker.projects[1]
  expect(done).toEqual([
    ['browse', 'https://localhost:8443'],
    ['open', { screen: 'containers', part: 'id-of-web', tab: 'logs' }],
    ['stopContainer', 'id-of-web'],
    ['open', { screen: 'projects', part: 'shop', tab: 'logs' }],
    ['open', { screen: 'projects', part: 'folder:/home/me/blog' }],
    ['workOn', shop, 'up'],
    ['workOn', shop, 'stop'],
    ['workOn', shop, 'down'],
  ])
})

test('of very many the first are shown and a way to the others', () => {
  const done: unknown[][] = []
  const many = Array.from({ length: 5000 }, (_, index) => container(`c${index}`, { urls: Array.from({ length: 100 }, (__, port) => `http://localhost:${port + 1}`) }))
  const menu = trayMenu(menuFacts('running', 'linux', { docker: { containers: many, projects: [] }, done }))
  const lines = drawn(menu)
  expect(lines).toContain('Running containers (5000)')
  expect(lines.filter((line) => /^ {2}\S/.test(line)).slice(-3)).toEqual(['  c19', '  ---', '  4980 more…'])
  expect(lines.filter((line) => line === '    Open localhost:1')).toHaveLength(20)
  expect(lines).not.toContain('    Open localhost:9')
  click(menu, 'containers:more')
  expect(done).toEqual([['open', { screen: 'containers' }]])
})

test('names of somebody outside are only text: short, on one line, without keys, orders of writing or controls', () => {
  const names = ['a&b', 'line\nfeed', '\u202eevil', 'zero\u200bwidth', '{{all}}', '\u0000\u001b[31m', 'x'.repeat(1_000_000), '👍'.repeat(100)]
  const hostile = { containers: names.map((name) => container(name)), projects: names.map((name) => ({ part: name, name, target: { name }, all: 1, alive: 1 })) }
  const labels = drawn(trayMenu(menuFacts('running', 'linux', { docker: hostile }))).filter((line) => /^ {2}\S/.test(line)).map((line) => line.trim())
  const shown = ['a&&b', String.raw`line\nfeed`, String.raw`\u202eevil`, String.raw`zero\u200bwidth`, '{{all}}', String.raw`\x00\x1b[31m`, `${'x'.repeat(59)}…`, `${'👍'.repeat(59)}…`]
  expect(labels).toEqual([...shown, ...shown.map((name) => `${name} (1 of 1 running)`)])
})
