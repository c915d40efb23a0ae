-- What is known of how somebody was chosen.

-- 选派情况: what an office wrote of a tenure. NULL: nobody said. Shown as facts; nothing is decided by them.
CREATE TABLE selection (
    tenure            BLOB PRIMARY KEY REFERENCES tenure,
    -- Months of grassroots service 基层工作经历 before the tenure.
    grassroots_months INTEGER CHECK (grassroots_months BETWEEN 0 AND 600),
    -- 经历单一
    single_experience INTEGER CHECK (single_experience IN (0, 1)),
    -- 后备干部
    reserve_cadre     INTEGER CHECK (reserve_cadre IN (0, 1)),
    -- 派出单位性质
    unit_kind         TEXT CHECK (unit_kind IN ('organ', 'institution', 'enterprise', 'school', 'hospital', 'other'))
) STRICT, WITHOUT ROWID;
