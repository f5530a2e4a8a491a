/** Formats a rule in one canonical spelling, so that rules can be compared. Pure. */
import { formatByteSize } from './byte-size.ts'
import { formatSince } from './parse-since.ts'
import { isCount, keywords, type RuleBody } from './grammar.ts'

/** Returns text that parses to the same rule. */
export function formatRule(rule: Omit<RuleBody, 'text'>): string {
  const { amount, percent } = rule.limit
  const limits = [
    ...(percent === null ? [] : [`${percent}%`]),
    ...(amount === null ? [] : [isCount(rule.measure) ? String(amount) : formatByteSize(amount)]),
  ]
  return [
    rule.stage === null ? 'final' : `stage ${stageName(rule.stage)}`,
    rule.measure,
    ...(rule.kind === 'growth' ? ['growth'] : []),
    ...(rule.since === null ? [] : [`since ${formatSince(rule.since)}`]),
    '<=',
    limits.join(' and '),
    ...(rule.including.length === 0 ? [] : [`including ${rule.including.join(', ')}`]),
    ...(rule.action === 'warn' ? ['warn'] : []),
  ].join(' ')
}

function stageName(name: string): string {
  const plain = /^[^\s<>=≤≥,"#@]+$/u.test(name) && !keywords.includes(name.toLowerCase())
  return plain ? name : `"${name.replaceAll('"', '""')}"`
}
