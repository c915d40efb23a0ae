-- When the server received what was said of an entry: the days after which it is deemed read 视为已阅 begin anew with an answer.
-- Of what was said before this file it is not known.
ALTER TABLE event ADD COLUMN received_ms INTEGER;
