//! Households of a register: what the township knows of them, as the form of the core has it.
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::Fields;
use zhucun_core::field::FieldValue;
use zhucun_core::household::CAUSES;

use super::chance::Chance;
use super::name;

const GROUPS: &[&str] = &["一组", "二组", "三组", "四组", "五组", "六组"];

/// How often each of `CAUSES` is the main one.
const CAUSE_WEIGHTS: &[usize] = &[26, 10, 9, 4, 2, 3, 5, 16, 12, 14, 5, 3, 1];

const SUPPORT: &[&str] = &[
    "苹果园管护、农技培训",
    "小额信贷、肉羊养殖",
    "危窑危房改造",
    "公益性岗位、光伏收益",
    "玉米良种补贴、劳务输转",
    "低保、临时救助",
    "雨露计划、助学贷款",
    "水窖和院落硬化",
    "小杂粮订单种植",
    "养牛合作社入股分红",
    "紫花苜蓿种植、饲草收购",
    "黄花菜种植、采摘务工",
];

/// The fields of household number `number` of a village. `known` is what stands in its official register; the others
/// were added by hand.
pub fn fields(village: DivisionCode, number: usize, helper: &str, known: Known) -> Fields {
    let mut chance = Chance::of(&format!("household {village} {number}"));
    let text = village.to_string();
    let cause = CAUSES[chance.weighted(CAUSE_WEIGHTS)];
    let mut fields = Fields::new();
    let mut put = |name: &str, value: FieldValue| fields.insert(name.to_owned(), value);
    put("head", name::head(&mut chance).into());
    put("group", GROUPS[chance.below(GROUPS.len())].into());
    put("members", i64::try_from(chance.between(1, 7)).unwrap_or(1).into());
    put("household_kind", ["general", "subsistence", "destitute"][chance.weighted(&[68, 28, 4])].into());
    put("cause", cause.into());
    if chance.in_100(40) {
        let other = CAUSES[chance.weighted(CAUSE_WEIGHTS)];
        if other != cause {
            put("other_causes", other.into());
        }
    }
    let standing = match known {
        Known::Registered => {
            // The tail of the village's code and a running number: short, and unlike the number of anybody's card.
            put("number", format!("{}-{number:03}", &text[text.len() - 6..]).into());
            put("monitoring", ["none", "unstable", "borderline", "sudden"][chance.weighted(&[88, 5, 5, 2])].into());
            put("status", ["poor", "lifted", "returned"][chance.weighted(&[62, 36, 2])].into());
            put("support", chance.pick(SUPPORT).into());
            put("helper", helper.into());
            "registered"
        }
        Known::ByHand => "unverified",
    };
    put("standing", standing.into());
    fields
}

/// How a household came into the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Registered,
    /// 待核
    ByHand,
}
