-- What the figures of a tenure are counted from.

-- Leave, by itself: without these all entries are looked through for the leave of one tenure, and of one village.
CREATE INDEX leave_of_tenure ON entry (tenure) WHERE kind = 'leave';
CREATE INDEX leave_of_village ON entry (village) WHERE kind = 'leave';

-- A number that rises with whatever its figures are counted from: entries and what was said of them, leave, excusals, its days, and
-- the rules. Figures that somebody keeps in memory are those of a snapshot in which the number is the same.
ALTER TABLE tenure ADD COLUMN figures_version INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER figures_tenure AFTER UPDATE OF role, division, arrived, planned_end, ended ON tenure
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.id; END;

CREATE TRIGGER figures_entry_new AFTER INSERT ON entry
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_entry AFTER UPDATE ON entry
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id IN (OLD.tenure, NEW.tenure); END;
CREATE TRIGGER figures_entry_gone AFTER DELETE ON entry
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;

-- What was said of an entry, and what stands beside it.
CREATE TRIGGER figures_event_new AFTER INSERT ON event
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = NEW.entry); END;
CREATE TRIGGER figures_event AFTER UPDATE ON event
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = NEW.entry); END;
CREATE TRIGGER figures_event_gone AFTER DELETE ON event
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = OLD.entry); END;
CREATE TRIGGER figures_request_new AFTER INSERT ON leave_request
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = NEW.entry); END;
CREATE TRIGGER figures_request AFTER UPDATE ON leave_request
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = NEW.entry); END;
CREATE TRIGGER figures_request_gone AFTER DELETE ON leave_request
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = OLD.entry); END;
CREATE TRIGGER figures_decision_new AFTER INSERT ON leave_decision
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = NEW.entry); END;
CREATE TRIGGER figures_decision AFTER UPDATE ON leave_decision
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = NEW.entry); END;
CREATE TRIGGER figures_decision_gone AFTER DELETE ON leave_decision
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = (SELECT tenure FROM entry WHERE id = OLD.entry); END;

-- Leave and excusals that were imported, and excusals by the township.
CREATE TRIGGER figures_leave_new AFTER INSERT ON leave
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_leave AFTER UPDATE ON leave
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id IN (OLD.tenure, NEW.tenure); END;
CREATE TRIGGER figures_leave_gone AFTER DELETE ON leave
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;
CREATE TRIGGER figures_excusal_new AFTER INSERT ON excusal
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_excusal AFTER UPDATE ON excusal
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id IN (OLD.tenure, NEW.tenure); END;
CREATE TRIGGER figures_excusal_gone AFTER DELETE ON excusal
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;
CREATE TRIGGER figures_township_excusal_new AFTER INSERT ON township_excusal
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_township_excusal_gone AFTER DELETE ON township_excusal
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;
CREATE TRIGGER figures_taken_back_new AFTER INSERT ON township_excusal_taken_back
BEGIN UPDATE tenure SET figures_version = figures_version + 1
      WHERE id = (SELECT tenure FROM township_excusal WHERE event = NEW.event); END;
CREATE TRIGGER figures_taken_back_gone AFTER DELETE ON township_excusal_taken_back
BEGIN UPDATE tenure SET figures_version = figures_version + 1
      WHERE id = (SELECT tenure FROM township_excusal WHERE event = OLD.event); END;

-- The rules are those of all.
CREATE TRIGGER figures_policy AFTER INSERT ON policy BEGIN UPDATE tenure SET figures_version = figures_version + 1; END;
CREATE TRIGGER figures_calendar AFTER INSERT ON calendar BEGIN UPDATE tenure SET figures_version = figures_version + 1; END;
