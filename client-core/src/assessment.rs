//! Assessments 考核 of a tenure: of a half, of a year, and at its end. Opinions, votes, the grade and whether the tenure is
//! credited as grassroots service are typed by people; nothing of them is ever computed. What is printed beside them are the
//! facts of the days that an assessment is of.
use jiff::civil::{Date, date};

use crate::duty::{Period, Rhythm};
use crate::tenure::Tenure;

/// Characters of an opinion.
pub const OPINION_CHARS_MAX: usize = 1000;
/// Votes of one grade.
pub const VOTES_MAX: u32 = 9_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssessmentKind {
    /// 半年考核
    HalfYear,
    /// 年度考核
    Annual,
    /// 期满考核
    TermEnd,
}

impl AssessmentKind {
    pub const ALL: [AssessmentKind; 3] = [AssessmentKind::HalfYear, AssessmentKind::Annual, AssessmentKind::TermEnd];

    pub fn code(self) -> &'static str {
        match self {
            AssessmentKind::HalfYear => "half_year",
            AssessmentKind::Annual => "annual",
            AssessmentKind::TermEnd => "term_end",
        }
    }

    pub fn from_code(code: &str) -> Option<AssessmentKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The grade 等次 that an office gives. The dictionary pack has the words: 称职 or 合格.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// 优秀
    Excellent,
    /// 称职, 合格
    Competent,
    /// 基本称职, 基本合格
    Basic,
    /// 不称职, 不合格
    Failing,
}

impl Grade {
    pub const ALL: [Grade; 4] = [Grade::Excellent, Grade::Competent, Grade::Basic, Grade::Failing];

    pub fn code(self) -> &'static str {
        match self {
            Grade::Excellent => "excellent",
            Grade::Competent => "competent",
            Grade::Basic => "basic",
            Grade::Failing => "failing",
        }
    }

    pub fn from_code(code: &str) -> Option<Grade> {
        Self::ALL.into_iter().find(|grade| grade.code() == code)
    }
}

/// Whether the tenure counts as grassroots service 计入基层工作经历.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrassrootsCredit {
    /// 可
    Yes,
    /// 否
    No,
    /// 待定
    Pending,
}

impl GrassrootsCredit {
    pub const ALL: [GrassrootsCredit; 3] = [GrassrootsCredit::Yes, GrassrootsCredit::No, GrassrootsCredit::Pending];

    pub fn code(self) -> &'static str {
        match self {
            GrassrootsCredit::Yes => "yes",
            GrassrootsCredit::No => "no",
            GrassrootsCredit::Pending => "pending",
        }
    }

    pub fn from_code(code: &str) -> Option<GrassrootsCredit> {
        Self::ALL.into_iter().find(|credit| credit.code() == code)
    }
}

/// Which assessment of a tenure it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assessed {
    pub kind: AssessmentKind,
    /// `2015-H2`, `2015`; `term` at the end.
    pub period: String,
    /// The days that its facts are of, within the tenure.
    pub from: Date,
    pub to: Date,
}

/// The assessments that a tenure may have on a day: of each half and each year that it touches and that has begun, and at
/// its end as soon as it has begun. In the order of their days, the one at the end last.
pub fn of_tenure(tenure: &Tenure, today: Date) -> Vec<Assessed> {
    let (first, last) = (tenure.arrived, tenure.last_day());
    let within = |kind, period: Period| Assessed {
        kind,
        period: period.name,
        from: period.from.max(first),
        to: period.to.min(last),
    };
    let mut all = Vec::new();
    for year in first.year()..=last.year().min(today.year()) {
        let halves = [date(year, 1, 1), date(year, 7, 1)].map(|day| Rhythm::Half.period(first, day));
        all.extend(halves.into_iter().map(|half| within(AssessmentKind::HalfYear, half)));
        let year = Period { name: format!("{year:04}"), from: date(year, 1, 1), to: date(year, 12, 31) };
        all.push(within(AssessmentKind::Annual, year));
    }
    all.push(Assessed { kind: AssessmentKind::TermEnd, period: "term".to_owned(), from: first, to: last });
    all.retain(|one| one.from <= one.to && one.from <= today);
    all
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{PersonId, TenureId};
    use crate::tenure::TenureRole;

    fn tenure(arrived: Date, planned_end: Date) -> Tenure {
        Tenure {
            id: TenureId(Uuid::nil()),
            person: PersonId(Uuid::nil()),
            role: TenureRole::FirstSecretary,
            division: "621022103201".parse().expect("a village"),
            batch: "2015".to_owned(),
            arrived,
            planned_end,
            ended: None,
            reason: None,
        }
    }

    fn named(arrived: Date, end: Date, today: Date) -> Vec<(AssessmentKind, String, Date, Date)> {
        let all = of_tenure(&tenure(arrived, end), today);
        all.into_iter().map(|one| (one.kind, one.period, one.from, one.to)).collect()
    }

    #[test]
    fn a_year_from_september_is_assessed_in_two_halves_two_years_and_at_its_end() {
        use AssessmentKind::{Annual, HalfYear, TermEnd};
        let (first, last) = (date(2015, 9, 16), date(2016, 9, 15));
        let one = |kind, period: &str, from, to| (kind, period.to_owned(), from, to);
        let all = vec![
            one(HalfYear, "2015-H2", first, date(2015, 12, 31)),
            one(Annual, "2015", first, date(2015, 12, 31)),
            one(HalfYear, "2016-H1", date(2016, 1, 1), date(2016, 6, 30)),
            one(HalfYear, "2016-H2", date(2016, 7, 1), last),
            one(Annual, "2016", date(2016, 1, 1), last),
            one(TermEnd, "term", first, last),
        ];
        assert_eq!(named(first, last, last), all);
        let begun = |day| named(first, last, day).into_iter().map(|one| one.1).collect::<Vec<_>>();
        assert_eq!(begun(date(2015, 12, 31)), ["2015-H2", "2015", "term"]);
        assert_eq!(begun(date(2016, 1, 1)), ["2015-H2", "2015", "2016-H1", "2016", "term"]);
        assert_eq!(begun(date(2015, 9, 15)), Vec::<String>::new());
    }

    #[test]
    fn the_days_of_an_assessment_lie_in_its_tenure() {
        for (arrived, end) in [
            (date(2016, 6, 30), date(2016, 7, 1)),
            (date(2016, 1, 1), date(2016, 1, 1)),
            (date(2015, 12, 31), date(2018, 1, 1)),
        ] {
            for one in of_tenure(&tenure(arrived, end), date(2030, 1, 1)) {
                assert!(arrived <= one.from && one.from <= one.to && one.to <= end, "{one:?}");
            }
        }
    }
}
