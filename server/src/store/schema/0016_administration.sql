-- Administration: the audit log is searched by person and by subject, newest first.

CREATE INDEX audit_by_person ON audit (person);
CREATE INDEX audit_by_subject ON audit (subject);
