/** Text of the repository under test stays text wherever it lands. */

/** Control characters, and marks that reorder text, made visible. */
export function escapeTerminal(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Text within a Markdown table cell or paragraph: no markup, mention or reference survives. */
export function escapeMarkdown(text: string): string {
  return escapeTerminal(text)
    .replace(/\s+/g, ' ')
    .replace(/[&<>]/g, (found) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[found] ?? found)
    .replace(/[\\`*_{}[\]()#+!|~$-]/g, '\\$&')
    .replace(/@/g, '@\u200b')
    .replace(/:\/\//g, ':\u200b//')
}
