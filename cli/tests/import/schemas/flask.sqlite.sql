CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE user (
	id INTEGER NOT NULL,
	username VARCHAR(80) NOT NULL,
	password_hash VARCHAR(128),
	active BOOLEAN DEFAULT 1 NOT NULL,
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id),
	UNIQUE (username)
);
CREATE TABLE post (
	id INTEGER NOT NULL,
	title VARCHAR(120) NOT NULL,
	body TEXT,
	status VARCHAR(9) NOT NULL,
	score FLOAT DEFAULT '0' NOT NULL,
	author_id INTEGER NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT poststatus CHECK (status IN ('DRAFT', 'PUBLISHED')),
	FOREIGN KEY(author_id) REFERENCES user (id)
);
CREATE INDEX ix_post_title ON post (title);
CREATE TABLE post_tag (
	post_id INTEGER NOT NULL,
	tag VARCHAR(20) NOT NULL,
	PRIMARY KEY (post_id, tag),
	FOREIGN KEY(post_id) REFERENCES post (id)
);
INSERT INTO user (username, password_hash) VALUES ('ada', 'x');
INSERT INTO post (title, status, author_id) VALUES ('First', 'DRAFT', 1);
INSERT INTO post_tag VALUES (1, 'news');
