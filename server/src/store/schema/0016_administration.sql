-- Administration: the audit log is searched by person, newest first.

CREATE INDEX audit_by_person ON audit (person);
