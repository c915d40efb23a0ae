//! The Chinese words of tables, as screens say them: for kinds, choices and days, by the dictionary pack of the deployment.
use jiff::civil::Date;
use zhucun_core::assessment::Grade;
use zhucun_core::contract::EntryState;
use zhucun_core::duty::{Dictionary, Period};
use zhucun_core::excusal::ExcusalBasis;
use zhucun_core::field::first_of_month;
use zhucun_core::leave::LeaveStep;
use zhucun_core::programme::Indicator;
use zhucun_core::review::{ReturnReason, VoidReason};
use zhucun_core::tenure::TenureRole;

use crate::store::progress::Subject;
use crate::word;

/// What a dictionary pack calls otherwise.
#[derive(Clone, Copy)]
pub struct Words {
    dictionary: Dictionary,
    pub poor_villages: &'static str,
    pub of_poor: &'static str,
    /// The title of the table of measure 8.
    pub rotation: &'static str,
}

impl Words {
    pub fn of(dictionary: Dictionary) -> Self {
        let (poor_villages, of_poor, rotation) = match dictionary {
            Dictionary::Of2015 => ("贫困村", "其中贫困村", "贫困村党组织书记轮训进度表"),
            Dictionary::Of2021 => ("脱贫村", "其中脱贫村", "脱贫村党组织书记轮训进度表"),
        };
        Self { dictionary, poor_villages, of_poor, rotation }
    }

    /// A measure 措施 of the plan.
    pub fn measure(self, of: Subject) -> String {
        let text = match of {
            Subject::Duty(_) => "一、优秀年轻干部到村挂职",
            Subject::Indicator(indicator) => match indicator.measure() {
                1 => "一、优秀年轻干部到村挂职",
                2 => "二、农业科技人才到乡镇挂职",
                3 => "三、干部能力素质提升（加油工程）",
                4 => "四、城乡专业技术人才对口交流",
                5 => "五、农村实用人才培养开发",
                6 => "六、农村劳务人才技能培训",
                7 => "七、大学生村官精准扶贫建功立业",
                _ => return format!("八、{}党组织书记轮训（头羊工程）", self.poor_villages),
            },
        };
        text.to_owned()
    }

    /// What a row of the measures is about.
    pub fn indicator(self, of: Subject) -> String {
        let village = self.poor_villages;
        let text = match of {
            Subject::Duty(kind) => word::kind(kind),
            Subject::Indicator(indicator) => match indicator {
                Indicator::InPost => return format!("有第一书记在岗的{village}"),
                Indicator::Competent => return format!("考核{}以上的第一书记", self.grade(Grade::Competent)),
                Indicator::ScienceHeads => "有科技副乡镇长在岗的乡镇",
                Indicator::Techniques => "推广农业技术",
                Indicator::Projects => "开发科技项目",
                Indicator::Bases => "创办示范基地",
                Indicator::Industries => "扶持特色产业",
                Indicator::PeopleTrained => "培养农业科技带头人",
                Indicator::Rotation => "干部轮训",
                Indicator::CadreRoster => "应轮训干部",
                Indicator::Skill => "乡村干部农技培训",
                Indicator::Served => "在基层服务满一年",
                Indicator::ExchangeScope => "应到基层服务人员",
                Indicator::Leaders => "新培养致富带头人",
                Indicator::Practical => "农民实用技术培训",
                Indicator::LabourTransfer => "劳动力转移就业培训",
                Indicator::LabourBrand => "劳务品牌培训",
                Indicator::Vocational => "“两后生”技能学历教育",
                Indicator::OfficialsCover => return format!("有村官或驻村大学生干部的{village}"),
                Indicator::OfficialsPoor => return format!("在{village}任职的村官、驻村干部"),
                Indicator::Ecommerce => "接受电商培训的村官",
                Indicator::SecretariesTrained => return format!("书记参加轮训的{village}"),
            },
        };
        text.to_owned()
    }

    /// 等次
    pub fn grade(self, grade: Grade) -> &'static str {
        match (grade, self.dictionary) {
            (Grade::Excellent, _) => "优秀",
            (Grade::Competent, Dictionary::Of2015) => "称职",
            (Grade::Competent, Dictionary::Of2021) => "合格",
            (Grade::Basic, Dictionary::Of2015) => "基本称职",
            (Grade::Basic, Dictionary::Of2021) => "基本合格",
            (Grade::Failing, Dictionary::Of2015) => "不称职",
            (Grade::Failing, Dictionary::Of2021) => "不合格",
        }
    }

    /// Why an entry was returned.
    pub fn returned(self, reason: ReturnReason) -> &'static str {
        match (reason, self.dictionary) {
            (ReturnReason::WrongDate, _) => "日期有误",
            (ReturnReason::OutsideTenure, _) => "不在任期",
            (ReturnReason::NotRegistered, Dictionary::Of2015) => "对象非建档立卡户",
            (ReturnReason::NotRegistered, Dictionary::Of2021) => "对象非脱贫户或监测对象",
            (ReturnReason::Duplicate, _) => "重复",
            (ReturnReason::TooBrief, _) => "内容过简",
            (ReturnReason::TooPrivate, _) => "隐私过多",
            (ReturnReason::Other, _) => "其他",
        }
    }
}

/// Where an entry stands.
pub fn standing(state: EntryState) -> &'static str {
    match state {
        EntryState::Draft => "草稿",
        EntryState::OnDevice => "已存本机",
        EntryState::Submitted => "已提交",
        EntryState::Returned => "退回补充",
        EntryState::Questioned => "有询问",
        EntryState::Answered => "已回复",
        EntryState::Confirmed => "已确认",
        EntryState::Amended => "审核后有修改",
        EntryState::DeemedRead => "视为已阅",
        EntryState::Withdrawn => "已撤回",
        EntryState::Voided => "已作废",
    }
}

/// Why an entry was voided.
pub fn voided(reason: VoidReason) -> &'static str {
    match reason {
        VoidReason::Duplicate => "重复",
        VoidReason::WrongSubject => "记错对象",
        VoidReason::NotHeld => "并未开展",
        VoidReason::Other => "其他",
    }
}

/// What an excusal rests on.
pub fn basis(basis: ExcusalBasis) -> &'static str {
    match basis {
        ExcusalBasis::FewDays => "请假后只剩一两天",
        ExcusalBasis::OnDuty => "因公",
        ExcusalBasis::Illness => "因病",
        ExcusalBasis::Emergency => "灾害、疫情",
        ExcusalBasis::Other => "其他原因",
    }
}

/// How far a leave is, which the county may have to approve.
pub fn step(step: LeaveStep, for_county: bool) -> &'static str {
    match (step, for_county) {
        (LeaveStep::Asked, _) => "待乡镇同意",
        (LeaveStep::Forwarded, _) => "乡镇同意，待县批",
        (LeaveStep::Approved, false) => "乡镇已批准",
        (LeaveStep::Approved, true) => "县里已批准",
        (LeaveStep::Declined, _) => "县里未批准",
    }
}

pub fn role(role: TenureRole) -> &'static str {
    match role {
        TenureRole::FirstSecretary => "第一书记",
        TenureRole::TeamMember => "工作队员",
    }
}

/// How a visit was made.
pub fn mode(code: &str) -> &str {
    match code {
        "home" => "入户",
        "field" => "田间/务工点",
        "phone" => "电话",
        "office" => "村部约谈",
        other => other,
    }
}

pub fn category(code: &str) -> &str {
    match code {
        "education" => "教育",
        "medical" => "医疗",
        "housing" => "住房",
        "water" => "饮水",
        "industry" => "产业",
        "employment" => "就业",
        "social_security" => "社保",
        "dispute" => "纠纷",
        "infrastructure" => "基础设施",
        "other" => "其他",
        other => other,
    }
}

/// Who is to see to an issue.
pub fn level(code: &str) -> &str {
    match code {
        "village" => "村解决",
        "township" => "报乡镇",
        "county" => "报县",
        other => other,
    }
}

/// How far an issue is.
pub fn state(code: &str) -> &str {
    match code {
        "" | "open" => "待办",
        "in_progress" => "办理中",
        "closed" => "已办结",
        "explained" => "已解释",
        "forwarded" => "已转报",
        other => other,
    }
}

pub fn day(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// The name of a period in words: `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2`, `tenure-year-1`. Another name stays as it is.
pub fn period(name: &str) -> String {
    if let Some(half) = Period::half(name) {
        return format!("{}年{}半年", half.from.year(), if half.from.month() == 1 { "上" } else { "下" });
    }
    if let Some(first) = first_of_month(name) {
        return format!("{}年{}月", first.year(), first.month());
    }
    let number = |text: &str| text.parse::<u16>().ok();
    let parts = (name.strip_prefix("tenure-year-"), name.split_once("-W"), name.split_once("-Q"));
    match parts {
        (Some(year), ..) => number(year).map(|year| format!("任职第{year}年")),
        (_, Some((year, week)), _) => number(week).map(|week| format!("{year}年第{week}周")),
        (_, _, Some((year, quarter))) => number(quarter).map(|quarter| format!("{year}年第{quarter}季度")),
        _ => None,
    }
    .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use zhucun_core::entry::{MODE, VISIT};
    use zhucun_core::field::FieldType;
    use zhucun_core::issue::ISSUE;

    use super::*;

    #[test]
    fn every_code_that_a_table_shows_has_a_word() {
        type Word = fn(&str) -> &str;
        let words: [(&str, Word); 4] = [(MODE, mode), ("category", category), ("level", level), ("state", state)];
        for (name, word) in words {
            let field = VISIT.iter().chain(ISSUE).find(|field| field.name == name).expect("a field of the core");
            let FieldType::Choice { codes } = field.takes else { panic!("{name} is chosen") };
            for code in codes {
                assert_ne!(word(code), *code, "{name}");
            }
            assert_eq!(word("of_a_newer_version"), "of_a_newer_version");
        }
    }

    #[test]
    fn a_period_is_told_in_words() {
        for (name, words) in [
            ("2015-W38", "2015年第38周"),
            ("2016-W05", "2016年第5周"),
            ("2015-09", "2015年9月"),
            ("2015-Q4", "2015年第4季度"),
            ("2015-H1", "2015年上半年"),
            ("2015-H2", "2015年下半年"),
            ("tenure-year-1", "任职第1年"),
            ("some-day", "some-day"),
            ("2015-Wx", "2015-Wx"),
        ] {
            assert_eq!(period(name), words);
        }
    }
}
