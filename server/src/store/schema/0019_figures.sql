-- What the figures of a tenure are counted from.

-- Leave, by itself: without these all entries are looked through for the leave of one tenure, and of one village.
CREATE INDEX leave_of_tenure ON entry (tenure) WHERE kind = 'leave';
CREATE INDEX leave_of_village ON entry (village) WHERE kind = 'leave';
