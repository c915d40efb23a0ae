//! The Chinese words of tables, as screens say them: for kinds, choices and days, by the dictionary pack of the deployment.
use jiff::civil::Date;
use zhucun_core::assessment::Grade;
use zhucun_core::duty::Dictionary;

/// What a dictionary pack calls otherwise.
#[derive(Clone, Copy)]
pub struct Words {
    dictionary: Dictionary,
    pub poor_villages: &'static str,
}

impl Words {
    pub fn of(dictionary: Dictionary) -> Self {
        let poor_villages = match dictionary {
            Dictionary::Of2015 => "贫困村",
            Dictionary::Of2021 => "脱贫村",
        };
        Self { dictionary, poor_villages }
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
}
