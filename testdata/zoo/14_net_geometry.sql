-- 14_net_geometry.sql: network addresses and geometry with their edges.
--
-- Holds    every geometric type with infinities, NaN and -0
create table zoo.addresses (
    id integer primary key,
    host inet,
    net cidr,
    mac macaddr,
    mac_8 macaddr8
);
insert into zoo.addresses values
    (1, '0.0.0.0', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00'),
    (2, '255.255.255.255/32', '255.255.255.255/32', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff'),
    (3, '192.168.100.128/25', '192.168.100.128/25', '08002b:010203', '08002b01:02030405'),
    (4, '::', '::/0', '0800-2b01-0203', '08-00-2b-01-02-03'),
    (5, '::ffff:1.2.3.4/128', '2001:db8::/32', '08:00:2b:01:02:03', '08002b0102030405'),
    (6, 'fe80::1/64', '::1/128', null, null),
    (7, null, null, null, null),
    (8, '10.0.0.1/8', '10.0.0.0/8', '01:02:03:04:05:06', '01:02:03:04:05:06:07:08'),
    (9, '10.0.0.1', '10/8', '01:02:03:04:05:06', '02:03:04:05:06:07:08:09'); -- the mask is part of the value

create table zoo.shapes (
    id integer primary key,
    dot point,
    straight line,
    stretch lseg,
    rectangle box,
    trail path,
    area polygon,
    ring circle
);
insert into zoo.shapes values
    (1, '(0,0)', '{1,0,0}', '[(0,0),(0,0)]', '(0,0),(0,0)', '((0,0))', '((0,0))', '<(0,0),0>'),
    (2, '(-0,-0)', '{-0,1,-0}', '[(-0,1),(1,-0)]', '(1,1),(-0,-0)', '[(-0,-0),(1,1)]', '((-0,0),(1,0),(0,1))', '<(-0,0),1>'),
    (3, '(NaN,Infinity)', '{0,-1,NaN}', '[(NaN,0),(Infinity,1)]', '(Infinity,Infinity),(-Infinity,-Infinity)',
        '[(NaN,NaN),(1,2)]', '((1,2),(Infinity,3),(-Infinity,4))', '<(1,2),Infinity>'),
    (4, '(1e-310,1.7976931348623157e+308)', '{0.1,0.2,0.30000000000000004}', '[(1,2),(3,4)]', '(3,4),(1,2)',
        '((1,2),(3,4),(5,6))', '((1,2),(3,4),(5,6))', '<(1.5,2.5),3.25>'),
    (5, '(1,2)', '{1,2,3}', '[(3,4),(1,2)]', '(1,4),(3,2)', '[(1,2),(3,4),(5,6)]', '((5,6),(1,2),(3,4))', '<(1,2),3>'), -- open, not closed
    (6, null, null, null, null, null, null, null);
create index shapes_dot on zoo.shapes using gist (dot);
create index shapes_dot_quad on zoo.shapes using spgist (dot);
create index shapes_area on zoo.shapes using gist (area zoo.stored_gist);
