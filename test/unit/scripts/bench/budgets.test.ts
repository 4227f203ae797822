import { describe, expect, test } from 'vitest'
import { type Budget, budgetTable, judge } from '#scripts/bench/budgets.ts'
import { type Figure, figure } from '#scripts/bench/figure.ts'
import { conventionalGuest, openSshAes, openSshDefault, sshfsCached, virtiofsd } from '#scripts/bench/references.ts'

function judgeOne(one: Figure): Budget | undefined {
  return judge([one]).find(({ figures }) => figures.includes(one.name))
}

describe('budgets', () => {
  test('the cold start is judged by its ratio to the conventional guest', () => {
    const start = (ours: number): Figure => figure({ name: 'boot.cold-start', label: '', unit: 'ms' }, [ours], { [conventionalGuest]: [60_000] })
    expect(judgeOne(start(10_000))).toMatchObject({ measured: '6.00×', limit: '≥ 4.00×', outcome: 'PASS' })
    expect(judgeOne(start(20_000))).toMatchObject({ measured: '3.00×', outcome: 'MISS' })
  })

  test('a figure with an absolute limit is judged by its median', () => {
    const size = (runs: number[]): Figure => figure({ name: 'idle.engine-rss', label: '', unit: 'MB' }, runs)
    expect(judgeOne(size([70, 79, 200]))).toMatchObject({ measured: '79.0 MB', limit: '≤ 80.0 MB', outcome: 'PASS' })
    expect(judgeOne(size([80.1]))).toMatchObject({ outcome: 'MISS' })
  })

  test('of two references the one that makes it look worse counts', () => {
    const bulk = figure({ name: 'tunnel.bulk-up', label: '', unit: 'MB/s', better: 'higher' }, [100], { [openSshDefault]: [50], [openSshAes]: [200] })
    expect(judgeOne(bulk)).toMatchObject({ measured: '0.50×', outcome: 'MISS' })
    const setUp = figure({ name: 'tunnel.setup-p50', label: '', unit: 'ms' }, [6], { [openSshDefault]: [3], [openSshAes]: [1.5] })
    expect(judgeOne(setUp)).toMatchObject({ measured: '4.00×', limit: '≤ 3.00×', outcome: 'MISS' })
  })

  test('virtiofs is a reference with a budget of its own, where there is one', () => {
    const of = (references: Record<string, number[]>) => judge([figure({ name: 'shares.create', label: '', unit: 'ms' }, [50], { [sshfsCached]: [300], ...references })]).filter(({ figures }) => figures.includes('shares.create'))
    expect(of({ [virtiofsd]: [100] })).toMatchObject([{ measured: '6.00×' }, { name: 'shares by virtiofs: create against sshfs', measured: '3.00×', limit: '≥ 2.00×', outcome: 'PASS' }])
    expect(of({ [virtiofsd]: [200] })).toMatchObject([{ outcome: 'PASS' }, { measured: '1.50×', outcome: 'MISS' }])
    expect(of({})).toMatchObject([{ outcome: 'PASS' }, { outcome: 'not measured' }])
  })

  test('what was not measured, or has nothing to be measured against, is neither held nor missed', () => {
    expect(judge([]).every(({ outcome }) => outcome === 'not measured')).toBe(true)
    expect(judgeOne(figure({ name: 'boot.cold-start', label: '', unit: 'ms' }, [1]))).toMatchObject({ outcome: 'not measured' })
  })

  test('the table has a line for each budget', () => {
    const budgets = judge([])
    expect(budgetTable(budgets)).toHaveLength(budgets.length + 2)
  })
})
