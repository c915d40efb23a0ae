//! Chinese text to be logged: characters drawn evenly from some hundred frequent ones. Each carries as much as a single
//! character of real writing does (about 9 bits), and no word comes again, so real text packs better than this.
use zhucun_core::id::Dice;

const CHARACTERS: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里\
     用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它\
     与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身\
     果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更\
     别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司\
     五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清";

/// So many characters.
pub fn text(dice: &mut Dice, chars: usize) -> String {
    let all: Vec<char> = CHARACTERS.chars().collect();
    (0..chars).map(|_| all[dice.below(all.len() as u64) as usize]).collect()
}

/// The same text with a passage in its middle written anew.
pub fn corrected(dice: &mut Dice, before: &str, chars: usize) -> String {
    let mut all: Vec<char> = before.chars().collect();
    let from = all.len().saturating_sub(chars) / 2;
    let until = (from + chars).min(all.len());
    all.splice(from..until, text(dice, until - from).chars());
    all.into_iter().collect()
}
