// The first letters of names in pinyin, as people type them to find somebody: 张三 is `zs`. The browser knows the order of
// characters by pinyin; where each letter begins in it is all that stands here.

/** The first character of each letter, in pinyin order. */
const BEGINS: [string, string][] = [
  ['阿', 'a'],
  ['八', 'b'],
  ['嚓', 'c'],
  ['哒', 'd'],
  ['妸', 'e'],
  ['发', 'f'],
  ['旮', 'g'],
  ['哈', 'h'],
  ['讥', 'j'],
  ['咔', 'k'],
  ['垃', 'l'],
  ['妈', 'm'],
  ['拏', 'n'],
  ['噢', 'o'],
  ['妑', 'p'],
  ['七', 'q'],
  ['呥', 'r'],
  ['扨', 's'],
  ['它', 't'],
  ['穵', 'w'],
  ['夕', 'x'],
  ['丫', 'y'],
  ['帀', 'z'],
];
/** Characters of names that are read in another way, too: each way finds them. */
const ALSO: Record<string, string> = {
  长: 'c',
  乐: 'y',
  重: 'c',
  行: 'h',
  朝: 'z',
  传: 'z',
  盛: 'c',
  曾: 'z',
  单: 's',
  解: 'x',
  仇: 'q',
  区: 'o',
  查: 'z',
  盖: 'g',
  朴: 'p',
  翟: 'z',
  尉: 'y',
};
const han = /\p{Script=Han}/u;
const order = new Intl.Collator('zh-CN-u-co-pinyin');

function initial(character: string): string {
  if (!han.test(character)) return character.toLowerCase();
  let letter = '';
  for (const [begins, its] of BEGINS) {
    if (order.compare(begins, character) > 0) break;
    letter = its;
  }
  return letter;
}

/** The ways a name may be typed, as letters. */
export function initials(name: string): string[] {
  return [...name].reduce<string[]>(
    (before, character) => {
      const also = ALSO[character];
      const letters = also === undefined ? [initial(character)] : [initial(character), also];
      return before.flatMap((typed) => letters.map((letter) => typed + letter));
    },
    [''],
  );
}
