// Digits as they are typed: Chinese input methods often give the full-width ones.

export function plainDigits(text: string): string {
  return text.trim().replace(/[０-９]/g, (digit) => String(digit.charCodeAt(0) - 0xff10));
}
